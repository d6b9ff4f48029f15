/** The longest that a timer can count, in milliseconds: 24.8 days. One that is set for longer rings at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1
