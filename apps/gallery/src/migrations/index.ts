import { CreateAssets1790000000000 } from './1790000000000-create-assets.js';

/** In the order in which they run. */
export const galleryMigrations = [CreateAssets1790000000000];
