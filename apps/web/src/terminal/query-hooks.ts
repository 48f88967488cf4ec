import type { IDisposable, Terminal } from '@xterm/xterm'
import type { AnswerGate } from './answer-gate.ts'

/** A CSI sequence that xterm.js answers by itself (InputHandler.ts), by prefix, intermediates and final byte. */
const csiQueries = [
  { final: 'n' },
  { prefix: '?', final: 'n' },
  { final: 'c' },
  { prefix: '>', final: 'c' },
  { intermediates: '$', final: 'p' },
  { prefix: '?', intermediates: '$', final: 'p' },
  { final: 't' },
] as const

const colourReports = [4, 10, 11, 12] as const
const FOCUS_REPORTING = 1004
const XTVERSION_ANSWER = '\x1bP>|xterm.js(6.0.0)\x1b\\'

export interface QueryHooks extends IDisposable {
  /**
   * Offset of the chunk that the data now coming out of `onData` answers; undefined when it is what a person typed. The parser answers within the
   * task that parses, and keys arrive in tasks of their own, so the two cannot be confused.
   */
  answers(): number | undefined
}

/** Swallows queries that this viewer may not answer, and marks what xterm says to those that it may (SPEC O10). */
export const hookQueries = (terminal: Terminal, gate: AnswerGate, answer: (data: string) => void): QueryHooks => {
  let answersOffset: number | undefined
  /** True stops the sequence here; false hands it on to xterm's own handler, which answers at once. */
  const swallow = (): boolean => {
    answersOffset = gate.answering()
    if (answersOffset === undefined) return true
    queueMicrotask(() => {
      answersOffset = undefined
    })
    return false
  }
  const parser = terminal.parser
  const hooks: IDisposable[] = [
    ...csiQueries.map((id) =>
      parser.registerCsiHandler(id, (params) => (id.final === 't' && !asks(params) ? false : swallow())),
    ),
    ...colourReports.map((id) => parser.registerOscHandler(id, (data) => (data.includes('?') ? swallow() : false))),
    parser.registerDcsHandler({ intermediates: '$', final: 'q' }, swallow),
    parser.registerCsiHandler({ prefix: '>', final: 'q' }, () => {
      if (!swallow()) answer(XTVERSION_ANSWER)
      return true
    }),
    // Turning focus reports on makes xterm report at once. The mode counts for everybody, the report is an answer.
    parser.registerCsiHandler({ prefix: '?', final: 'h' }, (params) => {
      if (params.includes(FOCUS_REPORTING)) swallow()
      return false
    }),
    // OSC 52 writes the clipboard of the person who looks. Nothing a program prints may do that.
    parser.registerOscHandler(52, () => true),
  ]
  return {
    answers: () => answersOffset,
    dispose: () => {
      for (const hook of hooks) hook.dispose()
    },
  }
}

/** XTWINOPS: 11 and above report something; 22 and 23 only push and pop titles. */
const asks = (params: readonly (number | number[])[]): boolean => {
  const operation = params[0]
  return typeof operation === 'number' && operation >= 11 && operation <= 21
}
