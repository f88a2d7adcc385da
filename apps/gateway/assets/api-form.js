const form = document.getElementById('form');
const status = document.getElementById('status');

/** The token of the link, taken out of the address bar so that it stays in no history. */
export function takeToken() {
  const token = new URLSearchParams(location.search).get('token') ?? '';
  history.replaceState(null, '', location.pathname);
  return token;
}

export function show(text) {
  status.textContent = text;
  status.focus();
}

const problemOf = ({ error }) => [error.message, ...error.details.map(({ field, message }) => `${field} ${message}`)].join(' ');

/** Posts what `bodyOf` makes of the form when it is submitted; on success `done` is shown instead of the form. */
export function submitTo(path, bodyOf, done) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = form.querySelector('button');
    button.disabled = true;
    try {
      const answer = await fetch(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(bodyOf(Object.fromEntries(new FormData(form)))),
      });
      if (!answer.ok) throw new Error(problemOf(await answer.json()));
      form.remove();
      show(done);
    } catch (error) {
      button.disabled = false;
      show(error.message);
    }
  });
}
