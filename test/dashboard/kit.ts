import { onTestFinished } from 'vitest'
import { type Dashboard, dashboardOver, type RequestContext } from '../../lib/dashboard/app.ts'
import type { DashboardOptions } from '../../lib/dashboard/options.ts'
import { REDIS_URL } from '../kit/harness.ts'
import { type Sample, sample } from './sample.ts'

export const ORIGIN = 'http://localhost:9182'

interface Asked extends RequestContext {
  readonly method?: string
  readonly headers?: Record<string, string>
  /** Sent as a form. */
  readonly form?: Record<string, string> | [string, string][]
  readonly json?: unknown
  /** Sent as it is. */
  readonly body?: string
}

export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly json: any
}

/** Every page, and every other GET that answers. */
export const PAGES = [
  '/',
  '/queues',
  '/queues/reports',
  '/queues/reports/empty',
  '/queues/reports/delete',
  '/jobs',
  '/jobs?state=failed',
  '/jobs/job-5?queue=mail.bulk',
  '/jobs/job-5/edit?queue=mail.bulk',
  '/search?q=send',
  '/failures',
  '/failures/3f2a9c10',
  '/failures/3f2a9c12',
  '/failures?snoozed=1',
  '/schedule',
  '/schedule/nightly/edit',
  '/schedule/nightly/remove',
  '/flows',
  '/flows/job/job-5',
  '/workers',
  '/workers/web-1.4711/kill',
  '/metrics-ui',
  '/system',
  '/audit',
] as const

export const API = [
  '/api/v1/overview',
  '/api/v1/queues',
  '/api/v1/queues/reports',
  '/api/v1/jobs',
  '/api/v1/search?q=send',
  '/api/v1/jobs/job-5?queue=mail.bulk',
  '/api/v1/failures',
  '/api/v1/schedule',
  '/api/v1/flows/job/job-5',
  '/api/v1/workers',
  '/api/v1/metrics',
  '/api/v1/system',
  '/api/v1/audit',
] as const

/** A dashboard over made-up data; it asks no Redis, but for the names of queues where there is `authorize`. */
export function made(options: DashboardOptions = {}, data: Sample = sample()) {
  const app = dashboardOver(data, { connection: REDIS_URL, prefix: 'dash', onError: unexpected, ...options })
  onTestFinished(() => app.close())
  return { app, data, ask: asking(app) }
}

function unexpected(error: unknown): void {
  // Of the status 500 alone nobody could tell what went wrong.
  console.error(error)
}

/** Asks as a browser on this machine would. */
export function asking(app: Dashboard) {
  return async (
    path: string,
    { method, headers = {}, form, json, body, ...context }: Asked = {},
  ): Promise<Answered> => {
    const isPost = form !== undefined || json !== undefined || method === 'POST'
    const request = new Request(`${ORIGIN}${path}`, {
      method: method ?? (isPost ? 'POST' : 'GET'),
      headers: {
        host: 'localhost:9182',
        ...(isPost && { 'sec-fetch-site': 'same-origin' }),
        ...(form && { 'content-type': 'application/x-www-form-urlencoded' }),
        ...headers,
      },
      ...(form && { body: new URLSearchParams(form).toString() }),
      ...(json !== undefined && { body: JSON.stringify(json) }),
      ...(body !== undefined && { body }),
    })
    const response = await app.fetch(request, context)
    const text = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      text,
      get json() {
        return JSON.parse(text)
      },
    }
  }
}

export function basic(user: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` }
}
