import type { Operation } from './exchange.js';
import { copyPart } from './operations/copy-part.js';
import { createBucket, getBucketLocation, headBucket } from './operations/buckets.js';
import { completeMultipartUpload } from './operations/complete-upload.js';
import { copyObject } from './operations/copy-object.js';
import { abortMultipartUpload, createMultipartUpload, listMultipartUploads, listParts } from './operations/create-upload.js';
import { deleteObject, deleteObjects } from './operations/delete-objects.js';
import { getObject, headObject } from './operations/get-object.js';
import { listObjectsV2 } from './operations/list-objects.js';
import { putObject } from './operations/put-object.js';
import { uploadPart } from './operations/upload-part.js';
import { S3Error } from './protocol/s3-error.js';
import { amzValue, queryValue, type S3Request } from './protocol/s3-request.js';

/** Subresources tell operations of one method apart; the rest of the query only modifies them. */
const SUBRESOURCES = [
  'accelerate', 'acl', 'analytics', 'attributes', 'cors', 'delete', 'encryption', 'intelligent-tiering', 'inventory',
  'legal-hold', 'lifecycle', 'location', 'logging', 'metrics', 'notification', 'object-lock', 'ownershipControls',
  'partNumber', 'policy', 'policyStatus', 'publicAccessBlock', 'renameObject', 'replication', 'requestPayment', 'restore',
  'retention', 'select', 'session', 'tagging', 'torrent', 'uploadId', 'uploads', 'versionId', 'versioning', 'versions', 'website',
];

/** `target METHOD subresources` → operation. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  'bucket HEAD ': headBucket,
  'bucket PUT ': createBucket,
  'bucket GET ': listObjectsV2,
  'bucket GET location': getBucketLocation,
  'bucket GET uploads': listMultipartUploads,
  'bucket POST delete': deleteObjects,
  'object GET ': getObject,
  'object HEAD ': headObject,
  'object PUT ': putObject,
  'object DELETE ': deleteObject,
  'object POST uploads': createMultipartUpload,
  'object PUT partNumber,uploadId': uploadPart,
  'object POST uploadId': completeMultipartUpload,
  'object DELETE uploadId': abortMultipartUpload,
  'object GET uploadId': listParts,
};

/** @throws S3Error `NotImplemented` for what S3 has and this server hasn't */
export function routeOperation(request: S3Request): Operation {
  const target = request.bucket === undefined ? 'service' : request.key === undefined ? 'bucket' : 'object';
  const subresources = SUBRESOURCES.filter((name) => queryValue(request, name) !== undefined);
  const route = `${target} ${request.method} ${subresources.join(',')}`;
  if (amzValue(request, 'x-amz-copy-source') !== undefined) {
    if (route === 'object PUT ') return copyObject;
    if (route === 'object PUT partNumber,uploadId') return copyPart;
  }
  const operation = OPERATIONS[route];
  const versionOne = route === 'bucket GET ' && queryValue(request, 'list-type') !== '2';
  if (!operation || versionOne) {
    throw new S3Error('NotImplemented', 'A header or query you provided implies functionality that is not implemented.', {
      Operation: route.trim(),
    });
  }
  return operation;
}
