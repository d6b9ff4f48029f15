// Plain JavaScript: work-horses load it as they would a compiled application, with no TypeScript loader in the figures.

/** The job that every library runs. It answers something, so that storing and sending a result is measured too. */
export async function noop() {
  return 1
}
