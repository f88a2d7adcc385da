import { CreateAssets1790000000000 } from './1790000000000-create-assets.js';
import { ErasePeople1790000015000 } from './1790000015000-erase-people.js';
import { UploadMethods1790000030000 } from './1790000030000-upload-methods.js';
import { TrashAssets1790000031000 } from './1790000031000-trash-assets.js';
import { CountStorage1790000031100 } from './1790000031100-count-storage.js';
import { Reap1790000031300 } from './1790000031300-reap.js';
import { VerifyImages1790000032000 } from './1790000032000-verify-images.js';
import { SearchAssets1790000033000 } from './1790000033000-search-assets.js';
import { CreateAlbums1790000034000 } from './1790000034000-create-albums.js';
import { CreateShares1790000034100 } from './1790000034100-create-shares.js';
import { BeginUploadsInOneStep1790000035000 } from './1790000035000-begin-uploads-in-one-step.js';
import { CheaperSearchTerms1790000035100 } from './1790000035100-cheaper-search-terms.js';
import { BeginUploadsTogether1790000035200 } from './1790000035200-begin-uploads-together.js';

/** In the order in which they run. */
export const galleryMigrations = [
  CreateAssets1790000000000,
  ErasePeople1790000015000,
  UploadMethods1790000030000,
  TrashAssets1790000031000,
  CountStorage1790000031100,
  Reap1790000031300,
  VerifyImages1790000032000,
  SearchAssets1790000033000,
  CreateAlbums1790000034000,
  CreateShares1790000034100,
  BeginUploadsInOneStep1790000035000,
  CheaperSearchTerms1790000035100,
  BeginUploadsTogether1790000035200,
];
