import { startCopy } from './copy.ts'
import { startKeys } from './keys.ts'
import { startLive } from './live.ts'
import { startSelection } from './selection.ts'
import { tellZone } from './zone.ts'

tellZone()
startSelection()
startCopy()
startKeys()
startLive()
