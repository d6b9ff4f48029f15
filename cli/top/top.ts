import { setTimeout as sleep } from 'node:timers/promises'
import type { Host } from '../host.ts'
import { jobText, lookAt } from '../job-text.ts'
import { Screen, whileRead } from '../screen.ts'
import type { Session } from '../session.ts'
import { terminalOf } from '../terminal.ts'
import { act } from './actions.ts'
import { listenToKeys } from './keyboard.ts'
import { lookAtTab } from './look.ts'
import { type Model, press, START, visible, type Wish } from './model.ts'
import { type Look, picture } from './picture.ts'

const ROWS = 24

/** Looks again and again, and does what keys ask, until one of them quits. */
export class Top {
  readonly #session: Session
  readonly #host: Host
  readonly #everyMs: number
  readonly #screen: Screen
  #model: Model = START
  #look: Look = { summary: 'rq top', columns: [], rows: [] }
  #trouble = ''
  /** Ends the sleep between two looks. */
  #wake: AbortController = new AbortController()
  #done = false

  constructor(session: Session, host: Host, everyMs: number) {
    this.#session = session
    this.#host = host
    this.#everyMs = everyMs
    this.#screen = new Screen(host)
  }

  async run(): Promise<void> {
    this.#screen.start()
    const stopListening = listenToKeys(this.#host, (key) => this.#press(key))
    try {
      await whileRead(this.#host, async (signal) => {
        signal.addEventListener('abort', () => this.#quit())
        while (!this.#done) {
          await this.#refresh()
          await sleep(this.#everyMs, undefined, { signal: this.#wake.signal }).catch(() => {})
          this.#wake = new AbortController()
        }
      })
    } finally {
      stopListening()
      this.#screen.stop()
    }
  }

  async #refresh(): Promise<void> {
    const { tab, queue } = this.#model
    try {
      const look = await lookAtTab(this.#session, this.#model, terminalOf(this.#host))
      // Keys may have led elsewhere meanwhile; the next look is under way then.
      if (tab !== this.#model.tab || queue !== this.#model.queue) return
      this.#look = look
      this.#trouble = ''
    } catch (error) {
      this.#trouble = (error as Error).message
    }
    this.#draw()
  }

  #draw(): void {
    if (this.#done) return
    const rows = (this.#host.output.stdout as { rows?: number }).rows ?? ROWS
    const message = this.#model.message || this.#trouble
    this.#screen.draw(picture(this.#look, { ...this.#model, message }, terminalOf(this.#host), rows))
  }

  #press(key: string): void {
    const { model, wish } = press(this.#model, key, visible(this.#look.rows, this.#model))
    this.#model = model
    if (wish) void this.#grant(wish)
    this.#draw()
  }

  async #grant(wish: Wish): Promise<void> {
    if (wish.kind === 'quit') return this.#quit()
    if (wish.kind === 'look') {
      this.#look = { ...this.#look, columns: [], rows: [] }
      return this.#wake.abort()
    }
    try {
      if (wish.kind === 'show') await this.#show(wish.job)
      else this.#model = { ...this.#model, message: await act(this.#session, wish.action, wish.job) }
    } catch (error) {
      this.#model = { ...this.#model, message: (error as Error).message }
    }
    this.#wake.abort()
    this.#draw()
  }

  async #show({ queue, id }: { readonly queue: string; readonly id: string }): Promise<void> {
    const [record] = await this.#session.store.fetch(queue, [id])
    if (!record) {
      this.#model = { ...this.#model, message: `job ${id} is gone` }
      return
    }
    const lines = jobText(await lookAt(this.#session, record), this.#session.store.codec)
      .trimEnd()
      .split('\n')
    this.#model = { ...this.#model, detail: { lines, top: 0 } }
  }

  #quit(): void {
    this.#done = true
    this.#wake.abort()
  }
}
