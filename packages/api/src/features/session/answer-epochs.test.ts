import { describe, expect, it } from 'vitest'
import { createAnswerEpochs } from './answer-epochs.ts'

describe('who answers terminal queries', () => {
  it('is decided by the offset of the question, not by who is in charge now', () => {
    const epochs = createAnswerEpochs()
    epochs.begin(10, 'a')
    epochs.begin(20, 'b')
    epochs.begin(30, null)
    expect(epochs.belongsTo('a', 9)).toBe(false)
    expect(epochs.belongsTo('a', 19)).toBe(true)
    expect(epochs.belongsTo('b', 19)).toBe(false)
    expect(epochs.belongsTo('b', 20)).toBe(true)
    expect(epochs.belongsTo('b', 30)).toBe(false)
    expect(epochs.since('b')).toBeNull()
  })

  it('never gives a byte to two: an epoch does not begin before the one that it ends', () => {
    const epochs = createAnswerEpochs()
    expect(epochs.begin(50, 'a')).toBe(50)
    expect(epochs.begin(40, 'b')).toBe(50)
    expect(epochs.belongsTo('b', 45)).toBe(false)
    expect(epochs.belongsTo('b', 50)).toBe(true)
    expect(epochs.belongsTo('a', 50)).toBe(false)
  })

  it('remembers a bounded number of them', () => {
    const epochs = createAnswerEpochs()
    for (let from = 0; from < 1000; from += 1) epochs.begin(from, `viewer-${from}`)
    expect(epochs.belongsTo('viewer-0', 0)).toBe(false)
    expect(epochs.belongsTo('viewer-990', 990)).toBe(true)
  })
})
