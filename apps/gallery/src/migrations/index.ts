import { CreateAssets1790000000000 } from './1790000000000-create-assets.js';
import { ErasePeople1790000015000 } from './1790000015000-erase-people.js';
import { VerifyImages1790000032000 } from './1790000032000-verify-images.js';

/** In the order in which they run. */
export const galleryMigrations = [
  CreateAssets1790000000000,
  ErasePeople1790000015000,
  VerifyImages1790000032000,
];
