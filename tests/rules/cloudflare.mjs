// What Cloudflare answers, by `wrangler dev`: `node cloudflare.mjs PACKAGES < table.json`.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const packages = process.argv[2]
const table = JSON.parse(readFileSync(0, 'utf8'))
const folder = mkdtempSync(join(tmpdir(), 'cloudflare-'))
const file = (name, text) => {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}
for (const name of table.files) file(`site/${name}`, name)
file('site/_redirects', table.redirects)
file('site/_headers', table.headers)
file('wrangler.json', JSON.stringify({
  name: 'site', compatibility_date: '2026-01-01',
  assets: { directory: 'site', html_handling: table.htmlHandling, not_found_handling: table.notFound },
}))

const wrangler = spawn(process.execPath, [
  join(packages, 'node_modules/wrangler/bin/wrangler.js'),
  'dev', '--ip', '127.0.0.1', '--port', '0', '--inspector-port', '0', '--show-interactive-dev-session=false',
], {
  cwd: folder, detached: true,
  env: { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, WRANGLER_SEND_METRICS: 'false', CI: '1', NO_COLOR: '1' },
})
let log = ''
const stop = () => {
  wrangler.removeAllListeners('exit')
  process.kill(-wrangler.pid, 'SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}
// Whatever keeps it: nobody waits for ever.
setTimeout(() => {
  stop()
  console.error(`wrangler took too long:\n${log}`)
  process.exit(1)
}, 180_000).unref()
const port = await new Promise((resolve, reject) => {
  const note = (text) => {
    log += text
    const ready = /Ready on http:\/\/127\.0\.0\.1:(\d+)/.exec(log)
    if (ready) resolve(Number(ready[1]))
  }
  wrangler.stdout.on('data', note)
  wrangler.stderr.on('data', note)
  wrangler.on('exit', () => reject(new Error(log)))
})

function answer(target) {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: target, agent: false, headers: { Host: 'site.example' } }, (response) => {
      let content = ''
      response.on('data', (data) => { content += data })
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode: status, headers } = response
        const own = Object.keys(headers).filter((name) => name.startsWith('x-'))
        resolve([
          `${status} ${headers.location ?? content}`.trim(),
          ...own.sort().map((name) => `${name}: ${headers[name]}`),
        ])
      })
    }).on('error', reject).end()
  })
}

try {
  // What isn't obeyed there would be no rule to compare.
  if (/Found \d+ invalid/.test(log)) throw new Error(log)
  const answers = []
  for (const target of table.requests) answers.push(await answer(target))
  console.log(JSON.stringify({ answers, refused: [] }))
} finally {
  stop()
}
