import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createLog, openLogFile } from './log.ts'

test('one event is one line, whatever is in it', () => {
  const lines: string[] = []
  const log = createLog({ write: (line) => void lines.push(line) }, () => 0)
  log.warn('refused\nfake', { peer: '127.0.0.1', target: 'a\r\n\u001b[31m\u202e"x"', skipped: undefined })
  expect(lines).toEqual([
    '1970-01-01T00:00:00.000Z warn refused\\u000afake peer=127.0.0.1 target="a\\u000d\\u000a\\u001b[31m\\u202e\'x\'"\n',
  ])
})

test('a log file never grows above its bound, and keeps the last lines', () => {
  const directory = mkdtempSync(join(tmpdir(), 'sallyport-log-'))
  const path = join(directory, 'daemon.log')
  const sink = openLogFile(path, 1000)
  for (let line = 0; line < 500; line += 1) sink.write(`line ${line}\n`)
  expect(statSync(path).size + statSync(`${path}.1`).size).toBeLessThanOrEqual(2000)
  expect(readFileSync(path, 'utf8').endsWith('line 499\n')).toBe(true)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  rmSync(directory, { recursive: true })
})
