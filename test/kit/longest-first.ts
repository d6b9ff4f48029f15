import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Where the files are whose tests take longest, most of them because they wait for processes and servers. */
const LONG = [
  'test/chaos/',
  'test/smoke/',
  'test/cli/daemons',
  'test/docs/',
  'test/examples/',
  'test/cluster/',
  'test/soak/',
  'test/worker/horse/',
  'test/hostile/',
  'test/store/model',
  'test/redis/',
  'test/cli/',
]

/** Begins with what takes longest, so that no worker is left with a long file when the others have nothing to do any more. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = LONG.findIndex((path) => moduleId.includes(path))
      return place === -1 ? LONG.length : place
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}
