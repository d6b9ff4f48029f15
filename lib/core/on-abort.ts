interface Wait {
  readonly callbacks: Set<() => void>
  readonly tell: () => void
}

const waits = new WeakMap<AbortSignal, Wait>()

/**
 * Calls back when a signal aborts. Any number may ask of one signal, where a listener for each would have Node warn of a leak. Answers how
 * to end that.
 */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  const wait = waits.get(signal) ?? listenTo(signal)
  wait.callbacks.add(callback)
  return () => {
    wait.callbacks.delete(callback)
    if (wait.callbacks.size > 0 || waits.get(signal) !== wait) return
    waits.delete(signal)
    signal.removeEventListener('abort', wait.tell)
  }
}

function listenTo(signal: AbortSignal): Wait {
  const callbacks = new Set<() => void>()
  const tell = () => {
    for (const each of [...callbacks]) each()
  }
  const wait = { callbacks, tell }
  waits.set(signal, wait)
  signal.addEventListener('abort', tell, { once: true })
  return wait
}
