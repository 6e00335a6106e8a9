// A request handler: componentize-js makes a component of it, with a JavaScript
// engine inside.

addEventListener('fetch', (event) => event.respondWith(respond(event.request)));

async function respond(request) {
  const { pathname } = new URL(request.url);
  if (request.method === 'POST') {
    return new Response(await request.arrayBuffer());
  }
  return new Response(`Hello from ${pathname}\n`, {
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  });
}
