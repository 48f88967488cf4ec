/** Order matters: Edge and Opera also say Chrome, Chrome also says Safari, Android also says Linux, an iPhone also says Mac OS X. */
const browsers = [
  ['Edge', /\bEdgA?\//],
  ['Opera', /\bOPR\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Chrome|CriOS|HeadlessChrome)\//],
  ['Safari', /\bSafari\//],
  ['curl', /^curl\//],
] as const

const systems = [
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Android', /\bAndroid\b/],
  ['Windows', /\bWindows\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['macOS', /\bMac OS X\b/],
  ['Linux', /\bLinux\b/],
] as const

/** `Chrome on Linux`. Made of our own words only: a User-Agent is a stranger's text and shows up in lists, terminals and the audit log. */
export const deviceName = (userAgent: string): string => {
  // A megabyte of it must not cost a megabyte of matching; honest ones are under 300 characters.
  const text = userAgent.slice(0, 512)
  const browser = browsers.find(([, pattern]) => pattern.test(text))?.[0] ?? 'Unknown browser'
  const system = systems.find(([, pattern]) => pattern.test(text))?.[0]
  return system === undefined ? browser : `${browser} on ${system}`
}
