import { CreateAssets1790000000000 } from './1790000000000-create-assets.js';
import { ErasePeople1790000015000 } from './1790000015000-erase-people.js';
import { TrashAssets1790000031000 } from './1790000031000-trash-assets.js';
import { CountStorage1790000031100 } from './1790000031100-count-storage.js';
import { Reap1790000031300 } from './1790000031300-reap.js';
import { SearchAssets1790000033000 } from './1790000033000-search-assets.js';
import { VerifyImages1790000032000 } from './1790000032000-verify-images.js';

/** In the order in which they run. */
export const galleryMigrations = [
  CreateAssets1790000000000,
  ErasePeople1790000015000,
  TrashAssets1790000031000,
  CountStorage1790000031100,
  Reap1790000031300,
  SearchAssets1790000033000,
  VerifyImages1790000032000,
];
