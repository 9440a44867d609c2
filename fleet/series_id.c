#include "fleet/series_id.h"

#include <string.h>
#include <sys/stat.h>

#include "base/hash.h"
#include "base/version.h"

static uint64_t mix_text(uint64_t hash, const char *text)
{
    return hb_hash_mix(hash, hb_hash_bytes(text, strlen(text), 0));
}

uint64_t hb_series_files_id(const hb_series *series)
{
    uint64_t hash = mix_text(0, series->name);
    for (size_t i = 0; i < series->n_paths; i++) {
        struct stat info = { 0 };
        if (strcmp(series->paths[i], "-") == 0) return 0;
        hash = mix_text(hash, series->paths[i]);
        if (series->times != NULL && series->times[i].has_time) hash = hb_hash_mix(hash, (uint64_t)series->times[i].at_ms);
        if (series->symptoms != NULL && series->symptoms[i].known != 0)
            hash = hb_hash_mix(hash, hb_hash_bytes(&series->symptoms[i].of, sizeof series->symptoms[i].of, series->symptoms[i].known));
        if (stat(series->paths[i], &info) != 0) continue;
        hash = hb_hash_mix(hash, (uint64_t)info.st_size);
        hash = hb_hash_mix(hb_hash_mix(hash, (uint64_t)info.st_mtim.tv_sec), (uint64_t)info.st_mtim.tv_nsec);
    }
    return hash != 0 ? hash : 1;
}

uint64_t hb_series_id(const hb_series *series, const hb_options *options)
{
    const uint64_t files = hb_series_files_id(series);
    uint64_t hash = mix_text(hb_hash_mix(options->identity, files), HB_VERSION);
    hash = hb_hash_mix(hb_hash_mix(hash, options->top), options->min_retained_bytes);
    hash = hb_hash_mix(hb_hash_mix(hash, (uint64_t)options->validate), options->redact_key);
    hash = hb_hash_mix(hash, hb_limits_hash(&options->limits));
    hash = hb_hash_mix(hash, (uint64_t)options->strings + (uint64_t)options->show_values);
    for (size_t i = 0; i < options->n_queries; i++) {
        const hb_query *query = &options->queries[i];
        hash = hb_hash_mix(hb_hash_mix(hash, (uint64_t)query->kind), query->address);
        if (query->text != NULL) hash = mix_text(hash, query->text);
    }
    if (files == 0) return 0;
    return hash != 0 ? hash : 1;
}
