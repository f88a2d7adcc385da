import { App } from 'aws-cdk-lib';
import { buildApp } from '../build-app.js';
import { configOf } from '../config/index.js';

// The CLI hands its `-c env=dev` to the first app that asks; the stage's own app is built from it.
const stage: unknown = new App({ autoSynth: false }).node.tryGetContext('env');
buildApp(configOf(stage)).app.synth();
