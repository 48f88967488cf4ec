import { ACKNOWLEDGE_EVERY_BYTES } from '@sallyport/contract/wire-limits'

/**
 * Turns what a consumer has drawn into few acknowledgements. Offsets that were jumped over (a gap, a skip) count as drawn once everything before
 * them is, and are told at once: they may be most of the daemon's window.
 */
export class Acknowledger {
  readonly #send: (offset: number) => void
  #drawn: number
  #told: number
  #jumps: { readonly from: number; readonly to: number }[] = []

  constructor(start: number, send: (offset: number) => void) {
    this.#drawn = start
    this.#told = start
    this.#send = send
  }

  drawn(offset: number): void {
    if (offset > this.#drawn) this.#drawn = offset
    const jumped = this.#takeJumps()
    if (jumped || this.#drawn - this.#told >= ACKNOWLEDGE_EVERY_BYTES) this.#tell()
  }

  jumped(from: number, to: number): void {
    this.#jumps.push({ from, to })
    if (this.#takeJumps()) this.#tell()
  }

  #takeJumps(): boolean {
    let taken = false
    for (let jump = this.#jumps[0]; jump !== undefined && this.#drawn >= jump.from; jump = this.#jumps[0]) {
      this.#jumps.shift()
      this.#drawn = Math.max(this.#drawn, jump.to)
      taken = true
    }
    return taken
  }

  #tell(): void {
    if (this.#drawn === this.#told) return
    this.#told = this.#drawn
    this.#send(this.#drawn)
  }
}
