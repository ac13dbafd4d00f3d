#!/bin/bash
# The steps of the Gemini API cookbook for curl: start, find the URL among the headers, send the bytes, use the file.
# FILE, MIME_TYPE, DISPLAY_NAME, BASE_URL and GOOGLE_API_KEY come from outside. Prints the JSON of the upload.
set -euo pipefail

tmp_header_file=$(mktemp)
trap 'rm -f "${tmp_header_file}"' EXIT
num_bytes=$(wc -c < "${FILE}")

curl -sS "${BASE_URL}/upload/v1beta/files?key=${GOOGLE_API_KEY}" \
  -D "${tmp_header_file}" \
  -H "X-Goog-Upload-Protocol: resumable" \
  -H "X-Goog-Upload-Command: start" \
  -H "X-Goog-Upload-Header-Content-Length: ${num_bytes}" \
  -H "X-Goog-Upload-Header-Content-Type: ${MIME_TYPE}" \
  -H "Content-Type: application/json" \
  -d "{'file': {'display_name': '${DISPLAY_NAME}'}}" > /dev/null

upload_url=$(grep "x-goog-upload-url: " "${tmp_header_file}" | cut -d" " -f2 | tr -d "\r")
if [[ -z "${upload_url}" ]]; then
  echo "Failed initial resumable upload request." >&2
  exit 1
fi

curl -sS --fail-with-body "${upload_url}" \
  -H "Content-Length: ${num_bytes}" \
  -H "X-Goog-Upload-Offset: 0" \
  -H "X-Goog-Upload-Command: upload, finalize" \
  --data-binary "@${FILE}"
