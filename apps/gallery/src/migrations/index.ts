import { CreateAssets1790000000000 } from './1790000000000-create-assets.js';
import { ErasePeople1790000015000 } from './1790000015000-erase-people.js';
import { UploadMethods1790000030000 } from './1790000030000-upload-methods.js';
import { BeginUploadsInOneStep1790000030100 } from './1790000030100-begin-uploads-in-one-step.js';

/** In the order in which they run. */
export const galleryMigrations = [
  CreateAssets1790000000000,
  ErasePeople1790000015000,
  UploadMethods1790000030000,
  BeginUploadsInOneStep1790000030100,
];
