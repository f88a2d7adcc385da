const list = document.getElementById('providers');
const status = document.getElementById('status');

const problems = {
  access_denied: 'You did not allow the sign-in.',
  provider_unavailable: 'The provider is not available right now. Try again later.',
  invalid_flow: 'This sign-in took too long, or was begun in another window. Please begin again.',
  email_not_verified: 'The provider has not verified your e-mail address.',
  account_disabled: 'This account is disabled.',
  already_linked: 'The account with this e-mail address is linked to somebody else at this provider.',
  identity_removed: 'This sign-in was taken off your account. Sign in another way and add it again.',
};

function show(text) {
  status.textContent = text;
  status.focus();
}

/** What the browser came back with, taken out of the address bar so that it stays in no history. */
function takeOutcome() {
  const parameters = new URLSearchParams(location.search);
  history.replaceState(null, '', location.pathname);
  return { code: parameters.get('code'), error: parameters.get('error') };
}

async function read(answer) {
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error.message);
  return body;
}

/** The code works in this browser alone, by its cookie. The tokens are shown to nobody and kept nowhere. */
async function redeem(code) {
  const answer = await fetch('/api/v1/auth/oauth/token', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code }),
  });
  const { user } = await read(answer);
  show(user ? `You are signed in as ${user.email}.` : 'One more step is needed: your second factor.');
}

async function offerProviders() {
  const { data } = await read(await fetch('/api/v1/auth/oauth'));
  for (const { id, name } of data) {
    const link = document.createElement('a');
    link.href = `/api/v1/auth/oauth/${encodeURIComponent(id)}/start`;
    link.textContent = `Continue with ${name}`;
    const item = document.createElement('li');
    item.append(link);
    list.append(item);
  }
  list.hidden = data.length === 0;
  return data.length;
}

const { code, error } = takeOutcome();
try {
  if (code !== null) await redeem(code);
  else {
    if (error !== null) show(Object.hasOwn(problems, error) ? problems[error] : 'The sign-in did not work. Please try again.');
    const count = await offerProviders();
    if (count === 0 && error === null) show('No other provider is configured.');
  }
} catch (problem) {
  show(problem.message);
}
