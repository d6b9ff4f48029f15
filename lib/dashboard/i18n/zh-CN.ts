import type { Catalogue } from './index.ts'
import { details } from './zh-CN/details.ts'
import { frame } from './zh-CN/frame.ts'
import { lists } from './zh-CN/lists.ts'

export const zhCN: Catalogue = { ...frame, ...lists, ...details }
