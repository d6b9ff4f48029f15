import { type Codec, checkCodec } from '../core/codec.ts'
import { InvalidArgumentError, InvalidJobError } from '../core/errors.ts'
import { parseFunctionName } from '../core/function-name.ts'
import { importFile, type LoadOptions } from './load.ts'
import { resolveModule } from './resolve.ts'

/** The codec that `path#export` names. @throws InvalidJobError for a module that cannot be loaded, or an export that is none */
export async function loadCodec(name: string, { roots }: LoadOptions): Promise<Codec> {
  try {
    const { module, exportPath } = parseFunctionName(name)
    let found: unknown = await importFile(resolveModule(module, roots))
    for (const part of exportPath)
      found = Object.hasOwn(Object(found), part) ? Object(found)[part] : undefined
    return checkCodec(found)
  } catch (error) {
    if (!(error instanceof InvalidJobError || error instanceof InvalidArgumentError)) throw error
    throw new InvalidJobError(`codec '${name}': ${error.message}`, { cause: error })
  }
}
