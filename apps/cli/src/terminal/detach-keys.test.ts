import { expect, test } from 'vitest'
import { DetachScanner, parseDetachKeys } from './detach-keys.ts'
import { isTerminalReply } from './terminal-reply.ts'

const typed = (keys: string, ...chunks: string[]) => {
  const scanner = new DetachScanner(parseDetachKeys(keys))
  const results = chunks.map((chunk) => scanner.push(Buffer.from(chunk)))
  return {
    forward: results.map(({ forward }) => forward.toString()).join(''),
    detached: results.some(({ detached }) => detached),
  }
}

test('ctrl+] d detaches, in one chunk or two, and is not typed into the session', () => {
  expect(typed('ctrl+] d', 'ls\x1dd')).toEqual({ forward: 'ls', detached: true })
  expect(typed('ctrl+] d', 'ls\x1d', 'd')).toEqual({ forward: 'ls', detached: true })
})

test('what only began like them is typed', () => {
  expect(typed('ctrl+] d', '\x1d', 'x', 'd')).toEqual({ forward: '\x1dxd', detached: false })
  expect(typed('ctrl+] d', '\x1d', '\x1d', 'd')).toEqual({ forward: '\x1d', detached: true })
})

test('escape is never held back', () => {
  expect(typed('ctrl+] d', '\x1b')).toEqual({ forward: '\x1b', detached: false })
  expect(typed('alt+q', '\x1b')).toEqual({ forward: '\x1b', detached: false })
})

test('they are found when a program has switched the keyboard to CSI u', () => {
  expect(typed('ctrl+] d', '\x1b[93;5u', '\x1b[100u').detached).toBe(true)
  expect(typed('ctrl+] d', '\x1b[27;5;93~d').detached).toBe(true)
})

test('other keys may be chosen, bad ones are named', () => {
  expect(typed('ctrl+p ctrl+q', '\x10\x11').detached).toBe(true)
  expect(parseDetachKeys('  ctrl+a   x ').label).toBe('ctrl+a x')
  expect(() => parseDetachKeys('ctrl+a hyper+x')).toThrow("'hyper+x' is not a key")
  expect(() => parseDetachKeys(' ')).toThrow('empty')
})

test('answers of a terminal are told from keys', () => {
  for (const answer of [
    '\x1b[?62;1c',
    '\x1b[0n',
    '\x1b[12;40R',
    '\x1bP>|xterm(399)\x1b\\',
    '\x1b]11;rgb:0/0/0\x07\x1b[1;1R',
  ]) {
    expect(isTerminalReply(Buffer.from(answer))).toBe(true)
  }
  for (const keys of ['a', '\x1b', '\x1b[A', '\x1bOP', '\x1b[1;1Rx', '\x1b[200~c\x1b[201~']) {
    expect(isTerminalReply(Buffer.from(keys))).toBe(false)
  }
})
