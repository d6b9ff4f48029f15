import type { Context } from '../context.ts'
import type { Explanation } from '../explain.ts'
import { API_GETS as gets } from './gets.ts'
import { API_POSTS as posts } from './posts.ts'

/** What an endpoint answers: data under the name of its shape, which changes its number when it breaks. */
export interface Answer {
  readonly schema: string
  readonly data: unknown
}

export type Endpoint = (c: Context) => Promise<Answer>

export const API_GETS: Readonly<Record<string, Endpoint>> = gets
export const API_POSTS: Readonly<Record<string, Endpoint>> = posts

export function apiAnswer(answer: Answer): Response {
  return Response.json(answer)
}

export function apiError({ status, code, title, said, cause, isPassing }: Explanation): Response {
  const error = { code, message: said, title, ...(cause !== undefined && { cause }), isPassing }
  return Response.json({ schema: 'rq.error/1', error }, { status })
}
