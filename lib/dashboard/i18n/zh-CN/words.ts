const format = new Intl.NumberFormat('zh-CN')

export function number(n: number): string {
  return format.format(n)
}

export const jobs = (n: number) => `${number(n)} 个任务`
