import { expect, test } from 'vitest'
import { type GreetingFacts, greeting } from './greeting.ts'

const facts: GreetingFacts = {
  version: '1.0.0',
  url: 'http://localhost:8447',
  dataDir: '/home/ada/.sallyport',
  mode: 'accounts',
  host: 'localhost',
  isTerminal: true,
  setupPassword: null,
}
const say = (change: Partial<GreetingFacts>): string => greeting({ ...facts, ...change })
const canary = 'canary-canary-canary'

test('on a terminal the first run shows the setup password and what to do with it', () => {
  const text = say({ setupPassword: canary })
  expect(text).toContain(`\n      ${canary}\n`)
  expect(text).toContain('Open http://localhost:8447 and type this setup password')
})

test('a journal or a file gets the command, never the password', () => {
  const text = say({ setupPassword: canary, isTerminal: false })
  expect(text).not.toContain(canary)
  expect(text).toContain('npx sallyport password')
})

test('later starts and other modes say nothing of passwords, mode ephemeral where its own is', () => {
  expect(say({})).not.toContain('password')
  expect(say({ mode: 'password' })).not.toContain('sallyport password')
  expect(say({ mode: 'ephemeral' })).toContain('npx sallyport password')
})

test('mode off has a banner, and offers no sign-in', () => {
  const text = say({ mode: 'off' })
  expect(text).toContain('SIGN-IN IS OFF: every program and every user of this machine')
  expect(text).not.toContain('sign in ')
})

test('the address is the canonical one; others are named beside it; without HTTP there is neither', () => {
  expect(say({ host: '10.0.0.5' })).toMatch(/at http:\/\/localhost:8447 .*listening on 10\.0\.0\.5 too/s)
  const text = say({ url: null, setupPassword: canary, host: '10.0.0.5' })
  expect(text).toContain('on its socket only')
  expect(text).not.toContain(canary)
  expect(text).not.toContain('10.0.0.5')
})
