import { Registry, type RegistryContentType } from 'prom-client'
import type { RedisStore } from '../redis/store.ts'
import { Collector } from './collector.ts'

export interface Scrape {
  readonly type: string
  readonly text: string
}

/** The metrics as they stand now, in the form that the reader asks for. @param accept its HTTP header */
export async function scrape(store: RedisStore, accept = ''): Promise<Scrape> {
  const registry = new Registry<RegistryContentType>()
  if (accept.includes('application/openmetrics-text'))
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  new Collector(store, registry).register()
  return { type: registry.contentType, text: await registry.metrics() }
}
