import { type LibraryName, NODE_LIBRARIES, type NodeLibrary } from './library.ts'

export function isOfNode(name: LibraryName): name is (typeof NODE_LIBRARIES)[number] {
  return (NODE_LIBRARIES as readonly string[]).includes(name)
}

/** Loads one adapter, and with it one library: a measured process holds nothing of the others. */
export async function loadLibrary(name: LibraryName): Promise<NodeLibrary> {
  switch (name) {
    case 'funq':
      return (await import('./funq.ts')).funq
    case 'bullmq':
      return (await import('./bullmq.ts')).bullmq
    case 'bee':
      return (await import('./bee.ts')).bee
    case 'resque':
      return (await import('./resque.ts')).resque
    case 'bare':
      return (await import('./bare.ts')).bare
    default:
      throw new Error(`Expected a library of Node, got ${name}`)
  }
}
