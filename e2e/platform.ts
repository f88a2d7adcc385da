import { World } from '@atrium/testing';
import { inject } from 'vitest';

export const platform = inject('platform');
export const world = new World(platform.gateway, platform.mail);
export const { api } = world;
