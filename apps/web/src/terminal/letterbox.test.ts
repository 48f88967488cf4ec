import { describe, expect, it } from 'vitest'
import { fitCells, letterboxFont } from './letterbox.ts'

const cell = { widthPx: 8, heightPx: 17 }

describe('fitCells', () => {
  it('counts whole cells only', () => {
    expect(fitCells({ widthPx: 807, heightPx: 424 }, cell)).toEqual({ cols: 100, rows: 24 })
  })

  it('never asks for less than a program can draw in', () => {
    expect(fitCells({ widthPx: 30, heightPx: 20 }, cell)).toEqual({ cols: 20, rows: 5 })
  })

  it('never asks for more than the daemon takes', () => {
    expect(fitCells({ widthPx: 100_000, heightPx: 100_000 }, cell)).toEqual({ cols: 1000, rows: 500 })
  })

  it('says nothing while nothing is measured', () => {
    expect(fitCells({ widthPx: 0, heightPx: 0 }, cell)).toBeUndefined()
    expect(fitCells({ widthPx: 100, heightPx: 100 }, { widthPx: Number.NaN, heightPx: 17 })).toBeUndefined()
  })
})

describe('letterboxFont', () => {
  const cellAt = (fontPx: number) => ({ widthPx: fontPx * 0.6, heightPx: Math.floor(fontPx * 1.3) })
  const font = { cellAt, wishedPx: 14, minPx: 8 }

  it('keeps the wished font when the terminal fits', () => {
    expect(letterboxFont({ widthPx: 900, heightPx: 900 }, { cols: 80, rows: 24 }, font)).toBe(14)
  })

  it('shrinks so that the whole of a larger terminal is seen, and no further', () => {
    const box = { widthPx: 600, heightPx: 900 }
    const fontPx = letterboxFont(box, { cols: 100, rows: 24 }, font)
    expect(100 * cellAt(fontPx).widthPx).toBeLessThanOrEqual(box.widthPx)
    expect(100 * cellAt(fontPx + 1).widthPx).toBeGreaterThan(box.widthPx)
    expect(letterboxFont({ widthPx: 900, heightPx: 300 }, { cols: 80, rows: 24 }, font)).toBe(9)
  })

  it('does not shrink below what can be read', () => {
    expect(letterboxFont({ widthPx: 100, heightPx: 900 }, { cols: 100, rows: 24 }, font)).toBe(8)
  })
})
