import { describe, expect, it } from 'vitest'
import { createAcknowledgeWindow } from './acknowledge-window.ts'

describe('a window of unacknowledged bytes', () => {
  it('has room again for what was drawn, also in the middle of a frame', () => {
    const window = createAcknowledgeWindow(100)
    window.sent(0, 60)
    window.sent(60, 40)
    expect(window.room).toBe(0)
    window.acknowledge(70)
    expect(window.room).toBe(70)
    window.acknowledge(70)
    window.acknowledge(10)
    expect(window.room).toBe(70)
  })

  it('counts bytes, not offsets: a gap of gigabytes takes no room', () => {
    const window = createAcknowledgeWindow(100)
    window.sent(0, 50)
    window.sent(5_000_000_000, 50)
    window.acknowledge(50)
    expect(window.room).toBe(50)
    window.acknowledge(5_000_000_050)
    expect(window.room).toBe(100)
  })

  it('gains nothing from acknowledging what was never sent', () => {
    const window = createAcknowledgeWindow(100)
    window.acknowledge(Number.MAX_SAFE_INTEGER)
    window.sent(0, 100)
    expect(window.room).toBe(0)
    window.acknowledge(Number.MAX_SAFE_INTEGER)
    expect(window.room).toBe(100)
  })
})
