export function noop(payload?: unknown): Promise<number>
export function wait1(payload?: unknown): Promise<number>
export function wait10(payload?: unknown): Promise<number>
