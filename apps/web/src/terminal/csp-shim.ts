/**
 * xterm.js 6 draws with three `<style>` elements of its own and, for every truecolor cell, with `setAttribute('style', …)`. The page's policy (SPEC
 * W9: no `unsafe-inline`) refuses both. Styles get the nonce of this page; the attribute becomes `style.cssText`, which is CSSOM and allowed.
 */

const installed = new WeakSet<Document>()

/** The nonce that the daemon put into this page; fresh for every page load. */
export const pageNonce = (page: Document): string =>
  page.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''

/** Only style and span elements made by script are touched, and only once per document. Call it before the first Terminal is opened. */
export const installCspShim = (page: Document): void => {
  if (installed.has(page)) return
  installed.add(page)
  const nonce = pageNonce(page)
  const createElement = page.createElement.bind(page)
  page.createElement = (tagName: string, options?: ElementCreationOptions): HTMLElement => {
    const element = createElement(tagName, options)
    if (element instanceof HTMLStyleElement) element.nonce = nonce
    return element
  }
  // On the span's own prototype: all other elements keep the browser's setAttribute, and no cell pays for a closure.
  HTMLSpanElement.prototype.setAttribute = function (this: HTMLSpanElement, name: string, value: string): void {
    if (name === 'style') this.style.cssText = value
    else Element.prototype.setAttribute.call(this, name, value)
  }
}
