import { describe, expect, it } from 'vitest'
import { createAnswerGate } from './answer-gate.ts'

const piece = (offset: number, length: number, answerable: boolean) => ({
  offset,
  bytes: new Uint8Array(length),
  answerable,
})

describe('answers to terminal queries', () => {
  it('are never given outside a parse', () => {
    expect(createAnswerGate().answering()).toBeUndefined()
  })

  it('are not given to replayed bytes, but to the live ones after them', () => {
    const gate = createAnswerGate()
    gate.written(piece(90, 10, false))
    gate.written(piece(100, 20, true))
    expect(gate.answering()).toBeUndefined()
    expect(gate.parsed()).toBe(100)
    expect(gate.answering()).toBe(100)
    expect(gate.parsed()).toBe(120)
    expect(gate.answering()).toBeUndefined()
  })

  it('name the chunk that asked while later ones wait', () => {
    const gate = createAnswerGate()
    gate.written(piece(0, 5, true))
    gate.written(piece(5, 5, true))
    expect(gate.answering()).toBe(0)
    gate.parsed()
    expect(gate.answering()).toBe(5)
  })

  it('end when somebody else takes control, also for what is not parsed yet', () => {
    const gate = createAnswerGate()
    gate.written(piece(0, 5, true))
    gate.close()
    expect(gate.answering()).toBeUndefined()
    expect(gate.parsed()).toBe(5)
  })
})

it('a terminal that reports more than it was given is a mistake that is seen', () => {
  expect(() => createAnswerGate().parsed()).toThrow('more than was written')
})
