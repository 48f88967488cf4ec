/**
 * What Solid's compiler emits calls to (`moduleName` in vite.config.ts). All of it is solid-js/web's own, except `template`: that one assigns
 * innerHTML, which the page's policy `require-trusted-types-for 'script'` refuses unless the string went through a named policy (SPEC W9).
 */
import { untrack } from 'solid-js'

// biome-ignore lint/performance/noBarrelFile: the compiler takes all of its runtime from one module
export {
  addEventListener,
  assign,
  classList,
  className,
  createComponent,
  delegateEvents,
  effect,
  insert,
  memo,
  mergeProps,
  setAttribute,
  setAttributeNS,
  setBoolAttribute,
  setProperty,
  setStyleProperty,
  spread,
  style,
  use,
} from 'solid-js/web'

interface TrustedHtmlPolicy {
  createHTML(html: string): string
}
interface TrustedTypesWindow {
  readonly trustedTypes?: {
    createPolicy(name: string, rules: { createHTML: (html: string) => string }): TrustedHtmlPolicy
  }
}

/**
 * Never exported: the strings that reach it are the static parts of our own JSX, fixed when the page was built. Text that comes from sessions
 * goes through text nodes and never comes here.
 */
const compiled: TrustedHtmlPolicy = (globalThis as TrustedTypesWindow).trustedTypes?.createPolicy('solid', {
  createHTML: (html) => html,
}) ?? { createHTML: (html) => html }

/** Parses once, clones for every use, as in solid-js/web. MathML, which we do not write, is left out. */
export const template = (html: string, isImportNode?: boolean, isSvg?: boolean): (() => Node) => {
  let parsed: Node | undefined
  const parse = (): Node => {
    const element = document.createElement('template')
    element.innerHTML = compiled.createHTML(html)
    const first = isSvg ? element.content.firstChild?.firstChild : element.content.firstChild
    if (!first) throw new Error('a compiled template is empty')
    return first
  }
  const node = (): Node => {
    parsed ??= parse()
    return parsed
  }
  return isImportNode ? () => untrack(() => document.importNode(node(), true)) : () => node().cloneNode(true)
}
