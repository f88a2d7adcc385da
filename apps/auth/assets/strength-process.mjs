// Estimates passwords' strength in a process of its own: the dictionaries take some 90 MB, which only a process gives
// back, and an estimate takes a core for up to a tenth of a second. Speaks over the channel to its parent, and ends with it.
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary as common } from '@zxcvbn-ts/language-common';
import { dictionary as english, translations } from '@zxcvbn-ts/language-en';

const estimator = new ZxcvbnFactory({
  dictionary: {
    'passwords-common': common['passwords-common'],
    'commonWords-en': english['commonWords-en'],
    'firstnames-en': english['firstnames-en'],
  },
  graphs: adjacencyGraphs,
  translations,
  // The time grows steeply with the length, and nobody guesses what begins with 72 good characters.
  maxLength: 72,
});

process.on('message', ({ password, words }) => {
  const { score, feedback } = estimator.check(password, words);
  process.send({ score, warning: feedback.warning, suggestions: feedback.suggestions });
});
