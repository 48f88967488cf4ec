import { encode } from 'uqr'
import { expect, it } from 'vitest'
import { QUIET_MODULES, qrPath } from './qr-path.ts'

it('the path covers the dark modules and nothing else, with the quiet zone around them', () => {
  const uri = 'otpauth://totp/Sallyport:alice?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Sallyport'
  const { data, size } = encode(uri, { ecc: 'M', border: 0 })
  const drawn = Array.from({ length: size }, () => Array.from({ length: size }, () => false))
  const runs = [...qrPath(data).matchAll(/M(\d+) (\d+)h(\d+)v1h-(\d+)z/g)]
  expect(runs.map(([run]) => run).join('')).toBe(qrPath(data))
  for (const [, x, y, length, back] of runs) {
    expect(length).toBe(back)
    for (let i = 0; i < Number(length); i += 1) {
      const row = drawn[Number(y) - QUIET_MODULES]
      expect(row?.[Number(x) - QUIET_MODULES + i]).toBe(false)
      if (row) row[Number(x) - QUIET_MODULES + i] = true
    }
  }
  expect(drawn).toEqual(data)
})
