export function isExpired(card: string): boolean {
  return card === ''
}

export async function pay(card: string): Promise<string> {
  return `paid by ${card}`
}
