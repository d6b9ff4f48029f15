export async function statusOf(_report: string): Promise<'busy' | 'done'> {
  return 'done'
}

export async function fetchReport(report: string): Promise<string> {
  return `report ${report}`
}
