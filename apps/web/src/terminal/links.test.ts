import { describe, expect, it } from 'vitest'
import { safeLink } from './links.ts'

describe('a link in the output', () => {
  it.each(['javascript:alert(1)', 'file:///etc/passwd', 'data:text/html,x', 'vscode://x', 'nonsense', ''])(
    '%s is not one',
    (text) => {
      expect(safeLink(text)).toBeUndefined()
    },
  )

  it('is shown with the host that will really be opened', () => {
    expect(safeLink('https://bank.example@evil.example/x')).toBe('https://evil.example/x')
    expect(safeLink('https://b\u0430nk.example/')).toBe('https://xn--bnk-6cd.example/')
  })

  it('keeps an ordinary address as it is', () => {
    expect(safeLink('http://localhost:3000/a?b=c#d')).toBe('http://localhost:3000/a?b=c#d')
  })
})
