export function noop(payload?: unknown): Promise<number>
