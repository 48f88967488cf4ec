const inspect = Symbol.for('nodejs.util.inspect.custom')

/** Keeps a value out of logs, error messages and JSON by accident: every way of printing it gives `[secret]`. `reveal` is the one way in. */
export class Secret<T> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
  }

  reveal(): T {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect](): string {
    return '[secret]'
  }
}
