// What Netlify answers, by its own packages: `node netlify.mjs PACKAGES < table.json`.
//
// The parsers and the matcher are Netlify's. What is done with a match is what
// `@netlify/redirects` does, and `@netlify/headers` with fields, in which the packages
// are put together for `netlify dev`; but for the path, which is matched as it was sent,
// where `netlify dev` decodes it first.
import { createRequire } from 'node:module'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const require = createRequire(join(process.argv[2], 'here.js'))
const load = (name, file) => import(pathToFileURL(join(process.argv[2], 'node_modules', name, file)))
const redirector = require('netlify-redirector')
const { parseAllRedirects } = await load('@netlify/redirect-parser', 'lib/index.js')
const { parseAllHeaders } = await load('@netlify/headers-parser', 'lib/index.js')

const table = JSON.parse(readFileSync(0, 'utf8'))
const folder = mkdtempSync(join(tmpdir(), 'netlify-'))
const file = (name, text) => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const parsed = await parseAllRedirects({
  redirectsFiles: [file('_redirects', table.redirects)], configRedirects: [], minimal: false,
})
if (parsed.errors.length > 0) throw parsed.errors[0]
const rules = parsed.redirects.map(({ conditions, from, query, signed, ...rule }) => ({
  ...rule, origin: from, params: query, conditions,
}))
const matcher = await redirector.parseJSON(JSON.stringify(rules), {})
const headers = await parseAllHeaders({
  headersFiles: [file('_headers', table.headers)], configHeaders: [], minimal: false,
})
if (headers.errors.length > 0) throw headers.errors[0]

const stored = (path) => {
  const name = decodeURIComponent(path).slice(1)
  return [name, name.replace(/\/?$/, '/index.html').replace(/^\//, '')].find((it) => table.files.includes(it))
}

function answer(target) {
  const url = new URL(target, 'http://site.example')
  const match = matcher.match({
    scheme: 'http', host: url.hostname, path: url.pathname, query: url.search.slice(1),
    headers: {}, cookieValues: {}, getHeader: () => '', getCookie: () => '',
  })
  const found = stored(url.pathname)
  if (found !== undefined && !match?.force) return { status: 200, what: found }
  if (!match) return { status: 404, what: '' }
  const to = new URL(match.to, url)
  if (to.searchParams.size === 0) url.searchParams.forEach((value, key) => to.searchParams.append(key, value))
  if (match.status >= 300 && match.status < 400) {
    return { status: match.status, what: to.href.replace('http://site.example', ''), redirect: true }
  }
  const there = stored(to.pathname)
  return there === undefined ? { status: 404, what: '' } : { status: match.status, what: there }
}

function fields(target) {
  const { pathname } = new URL(target, 'http://site.example')
  const matching = headers.headers.filter(({ forRegExp }) => forRegExp.test(pathname))
  const sent = new Headers()
  for (const [name, value] of Object.entries(Object.assign({}, ...matching.map(({ values }) => values)))) {
    sent.set(name, value)
  }
  return [...sent].filter(([name]) => name.startsWith('x-')).map(([name, value]) => `${name}: ${value}`)
}

const answers = table.requests.map((target) => {
  const { status, what, redirect } = answer(target)
  return [`${status} ${what}`.trim(), ...(redirect ? [] : fields(target))]
})
const refused = []
for (const line of table.refused) {
  const { errors } = await parseAllRedirects({
    redirectsFiles: [file('line', line)], configRedirects: [], minimal: false,
  })
  refused.push(errors.length > 0)
}
rmSync(folder, { recursive: true })
console.log(JSON.stringify({ answers, refused }))
