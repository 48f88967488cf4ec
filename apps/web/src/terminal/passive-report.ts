// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal reports begin with ESC
const focus = /^\x1b\[[IO]$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminal reports begin with ESC
const sgrMouse = /^\x1b\[<(\d+);\d+;\d+[Mm]$/
const MOTION = 32
const NO_BUTTON = 3

/**
 * What a terminal reports without anybody doing something: the window got the focus, the pointer passed over it. Typing makes a viewer the owner of
 * the size (S5); looking must not, so these go out only from the viewer that owns it already.
 */
export const isPassiveReport = (data: string): boolean => {
  if (focus.test(data)) return true
  const button = Number(sgrMouse.exec(data)?.[1] ?? 0)
  return (button & MOTION) !== 0 && (button & NO_BUTTON) === NO_BUTTON
}
