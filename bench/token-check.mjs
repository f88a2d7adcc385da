// Verifying an access token: again from memory, and for the first time against jose's own verification.
import 'reflect-metadata';
import { createRequire } from 'node:module';
import { AccessTokenVerifier, JwksCache } from '@atrium/platform/auth-guard';
import { interleave, median } from './lib/rounds.mjs';
import { startIssuer } from './gateway/token-issuer.mjs';

const require = createRequire(new URL('../apps/auth/package.json', import.meta.url));
const { createLocalJWKSet, jwtVerify } = require('jose');

const rounds = Number(process.env.BENCH_ROUNDS ?? 9);
const tokensEach = 1_000;
const cachedTimes = 50_000;

const issuer = await startIssuer();
const jwks = new JwksCache({ url: `${issuer.url}/jwks.json` });
await jwks.refresh();
const keySet = createLocalJWKSet(await (await fetch(`${issuer.url}/jwks.json`)).json());
const options = { issuer: issuer.url, audience: 'atrium', algorithms: ['ES256'], typ: 'at+jwt', clockTolerance: 60 };

/** Microseconds each, and as checks a second. */
async function timed(tokens, times, check) {
  const begun = performance.now();
  for (let index = 0; index < times; index += 1) await check(tokens[index % tokens.length]);
  const microseconds = ((performance.now() - begun) * 1000) / times;
  return { perSecond: 1e6 / microseconds, microseconds };
}

const makeTokens = (count) => Array.from({ length: count }, () => issuer.token());
const newVerifier = () => new AccessTokenVerifier({ jwks, issuer: issuer.url, audience: 'atrium' });
const warmed = newVerifier();
const hundred = makeTokens(100);
for (const token of hundred) await warmed.verify(token);

try {
  const results = await interleave({
    rounds,
    contenders: {
      'from memory': () => timed(hundred, cachedTimes, (token) => warmed.verify(token)),
      'for the first time': () => {
        const verifier = newVerifier();
        return timed(makeTokens(tokensEach), tokensEach, (token) => verifier.verify(token));
      },
      jose: () => timed(makeTokens(tokensEach), tokensEach, (token) => jwtVerify(token, keySet, options)),
    },
  });
  const microseconds = (name) => results[name].rounds.map((round) => round.microseconds);
  process.stdout.write(`\nChecking an access token, ${rounds} rounds\n`);
  for (const name of Object.keys(results)) {
    const all = microseconds(name);
    process.stdout.write(`  ${name.padEnd(20)} ${median(all).toFixed(1).padStart(8)} µs  (${Math.min(...all).toFixed(1)}–${Math.max(...all).toFixed(1)})\n`);
  }
  const ratio = median(microseconds('for the first time').map((own, index) => own / microseconds('jose')[index]));
  process.stdout.write(`  for the first time / jose = ${ratio.toFixed(2)}\n`);
} finally {
  issuer.stop();
}
process.exit(0);
