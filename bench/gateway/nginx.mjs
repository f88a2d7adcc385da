// nginx proxying the same service over kept-alive connections, when it is on the PATH.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '@atrium/local';
import { startProgram } from '../lib/processes.mjs';

export const hasNginx = () => spawnSync('nginx', ['-v']).status === 0;

const configuration = (folder, port, upstreamPort) => `
daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  keepalive_requests 1000000;
  upstream service { server 127.0.0.1:${upstreamPort}; keepalive 128; keepalive_requests 1000000; }
  server { listen 127.0.0.1:${port}; location / { proxy_pass http://service; proxy_http_version 1.1; proxy_set_header Connection ""; } }
}
`;

export async function startNginx(upstreamPort) {
  const folder = await mkdtemp(join(tmpdir(), 'atrium-nginx-'));
  const port = await findFreePort();
  await writeFile(join(folder, 'nginx.conf'), configuration(folder, port, upstreamPort));
  const answers = () => fetch(`http://127.0.0.1:${port}/`).then(() => true, () => false);
  const program = await startProgram('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf')], answers);
  return { port, stop: async () => { await program.stop(); await rm(folder, { recursive: true, force: true }); } };
}
