/**
 * The dashboard in each framework. None of them is imported here: what is asked of them is written down as types, so that nobody needs
 * one that they do not use.
 */
export { type ExpressHandler, toExpress } from './express.ts'
export { type FastifyPlugin, toFastify } from './fastify.ts'
export { toHono } from './hono.ts'
export { type KoaMiddleware, toKoa } from './koa.ts'
export { type NestApp, toNest } from './nest.ts'
export { type NextHandlers, toNext } from './next.ts'
export { type NodeHandler, toNode } from './node.ts'
