/** What a pass over the queues has seen. */
export interface Look {
  claimed: number
  looked: number
  paused: number
  left: boolean
  due: number
  /** What kept a queue from being asked. */
  trouble: unknown
}

export function newLook(): Look {
  return { claimed: 0, looked: 0, paused: 0, left: false, due: Number.POSITIVE_INFINITY, trouble: undefined }
}
