import { CreateAssets1790000000000 } from './1790000000000-create-assets.js';
import { ErasePeople1790000015000 } from './1790000015000-erase-people.js';
import { CreateAlbums1790000034000 } from './1790000034000-create-albums.js';
import { CreateShares1790000034100 } from './1790000034100-create-shares.js';

/** In the order in which they run. */
export const galleryMigrations = [
  CreateAssets1790000000000,
  ErasePeople1790000015000,
  CreateAlbums1790000034000,
  CreateShares1790000034100,
];
