import { keyBytes } from '@sallyport/contract/keys'
import { usageError } from '../exit-code.ts'

export const DEFAULT_DETACH_KEYS = 'ctrl+] d'

export interface DetachKeys {
  readonly label: string
  /** Per key, the ways in which a terminal may send it. */
  readonly keys: readonly (readonly Buffer[])[]
}

/** A program may have switched the keyboard to CSI u (kitty) or modifyOtherKeys (xterm): the same key is then other bytes. */
const encodings = (key: string, bytes: string): Buffer[] => {
  const control = key.toLowerCase().startsWith('ctrl+')
  const character = control ? key.slice(5).toLowerCase() : key
  if ([...character].length !== 1) return [Buffer.from(bytes)]
  const code = character.codePointAt(0)
  const others = control ? [`\x1b[${code};5u`, `\x1b[27;5;${code}~`] : [`\x1b[${code}u`, `\x1b[${code};1u`]
  return [bytes, ...others].map((text) => Buffer.from(text))
}

/** Keys with spaces between them, such as `ctrl+] d`. Throws a usage error that names the bad key. */
export const parseDetachKeys = (text: string): DetachKeys => {
  const names = text.split(/\s+/).filter((name) => name !== '')
  if (names.length === 0)
    throw usageError('the detach keys are empty', `for example: --detach-keys '${DEFAULT_DETACH_KEYS}'`)
  const keys = names.map((name) => {
    const bytes = keyBytes(name)
    if (bytes === undefined) {
      throw usageError(`'${name}' is not a key`, `for example: --detach-keys '${DEFAULT_DETACH_KEYS}'`)
    }
    return encodings(name, bytes)
  })
  return { label: names.join(' '), keys }
}

/** Finds the detach keys in what is typed. A key that may be the beginning is held until the next one decides. */
export class DetachScanner {
  readonly #keys: readonly (readonly Buffer[])[]
  #held = Buffer.alloc(0)
  #matched = 0

  constructor(keys: DetachKeys) {
    this.#keys = keys.keys
  }

  /** `forward`: for the session; `detached`: the keys were typed, what came after them is dropped. */
  push(data: Buffer): { readonly forward: Buffer; readonly detached: boolean } {
    const forward: Buffer[] = []
    let at = 0
    while (at < data.length) {
      const key = this.#keys[this.#matched]?.find((bytes) => data.subarray(at, at + bytes.length).equals(bytes))
      if (key !== undefined) {
        this.#held = Buffer.concat([this.#held, key])
        this.#matched += 1
        at += key.length
        if (this.#matched === this.#keys.length) return { forward: Buffer.concat(forward), detached: true }
      } else if (this.#matched > 0) {
        // Not the sequence after all; the byte at hand may begin it anew.
        forward.push(this.#held)
        this.#held = Buffer.alloc(0)
        this.#matched = 0
      } else {
        forward.push(data.subarray(at, at + 1))
        at += 1
      }
    }
    return { forward: Buffer.concat(forward), detached: false }
  }
}
