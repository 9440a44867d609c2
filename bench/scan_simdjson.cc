// Heap dump lines by simdjson's On Demand parser (Keiser and Lemire 2024, doi:10.1002/spe.3313), as fast as its users
// write it: one parser for all, documents in batches (iterate_many), one pass over the fields of an object, a switch on
// the first bytes of a key, strings as views of the raw text, addresses eight digits at a time.
//
// It is compiled for the machine that it runs on, since On Demand chooses its kernel when it is compiled.
#include "bench/scan_simdjson.h"

#include <cstring>
#include <new>
#include <simdjson.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#define TEXT_OF_NAME(name) #name
#define TEXT_OF(macro) TEXT_OF_NAME(macro)

using namespace simdjson;

namespace {

constexpr uint32_t three(const char *text)
{
    return static_cast<uint32_t>(static_cast<unsigned char>(text[0])) |
           static_cast<uint32_t>(static_cast<unsigned char>(text[1])) << 8 |
           static_cast<uint32_t>(static_cast<unsigned char>(text[2])) << 16;
}

template <size_t N> bool is(const char *key, const char (&name)[N])
{
    return std::memcmp(key, name, N - 1) == 0 && key[N - 1] == '"';
}

uint64_t word(const char *text)
{
    uint64_t out;
    std::memcpy(&out, text, sizeof out);
    return out;
}

// What stands between the quotes, with its escapes.
hb_view text_of(ondemand::value value)
{
    std::string_view token = value.raw_json_token();
    while (token.back() != '"') token.remove_suffix(1);
    return hb_view{token.data() + 1, token.size() - 2};
}

// Eight digits of either case at once; there are eight.
uint64_t eight_hex_digits(const char *text)
{
    uint64_t digits = word(text);
    digits = (digits & UINT64_C(0x0f0f0f0f0f0f0f0f)) + ((digits >> 6) & UINT64_C(0x0101010101010101)) * 9;
    digits = (digits << 4 | digits >> 8) & UINT64_C(0x00ff00ff00ff00ff);
    digits = (digits << 8 | digits >> 16) & UINT64_C(0x0000ffff0000ffff);
    return (digits << 16 | digits >> 32) & UINT64_C(0xffffffff);
}

uint64_t hex_digit(char c)
{
    return static_cast<uint64_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

uint64_t address_of(ondemand::value value)
{
    if (value.is_null()) return 0;
    const char *p = value.get_raw_json_string().value().raw() + 2;
    uint64_t address = 0;
    if (p[8 + 4] == '"') { // twelve digits, as nearly always
        address = eight_hex_digits(p);
        p += 8;
    }
    for (; *p != '"'; p++) address = address << 4 | hex_digit(*p);
    return address;
}

// Type names by their first eight bytes; none is longer.
class type_names {
public:
    type_names()
    {
        for (int type = 0; type < HB_N_TYPES; type++) {
            const char *name = hb_type_name(static_cast<hb_type>(type));
            size_t at = slot(key(name, std::strlen(name)));
            while (entries[at].key != 0) at = (at + 1) % SLOTS;
            entries[at] = {key(name, std::strlen(name)), static_cast<hb_type>(type)};
        }
    }

    hb_type find(const hb_view &name) const
    {
        const uint64_t wanted = key(name.text, name.n);
        for (size_t at = slot(wanted); entries[at].key != 0; at = (at + 1) % SLOTS)
            if (entries[at].key == wanted && name.n <= 8) return entries[at].type;
        return HB_TYPE_UNKNOWN;
    }

private:
    static constexpr size_t SLOTS = 1024;
    struct entry {
        uint64_t key;
        hb_type type;
    };
    entry entries[SLOTS] = {};

    static uint64_t key(const char *text, size_t n)
    {
        char padded[8] = {0};
        std::memcpy(padded, text, n < 8 ? n : 8);
        return word(padded);
    }

    static size_t slot(uint64_t key) { return key * UINT64_C(0x9e3779b97f4a7c15) >> 54; }
};

} // namespace

struct scan_simdjson {
    ondemand::parser parser;
    size_t batch; // the same for all: another size would have the parser allocate anew
    type_names types;
    std::vector<uint64_t> refs;
    std::string reason;

    explicit scan_simdjson(size_t most_bytes) : batch(most_bytes + 1) {}

    void reset(hb_line &line)
    {
        line = hb_line{};
        line.type = HB_TYPE_UNKNOWN;
        line.shape_id = line.parent_id = UINT64_MAX;
        line.generation = -1;
        refs.clear();
    }

    void take_references(ondemand::value value)
    {
        refs.clear();
        for (auto reference : value.get_array()) refs.push_back(address_of(reference.value()));
    }

    static void take_flag(ondemand::value value, uint32_t bit, hb_line &line)
    {
        if (value.get_bool()) line.flags |= bit;
    }

    // What has no case is skipped by the parser.
    void take_field(const char *key, ondemand::value value, hb_line &line, uint64_t &id, uint64_t &parent_id)
    {
        switch (three(key)) {
        case three("address"): if (is(key, "address")) line.address = address_of(value); break;
        case three("type"): if (is(key, "type")) line.type = types.find(text_of(value)); break;
        case three("class"): if (is(key, "class")) line.class_address = address_of(value); break;
        case three("references"): if (is(key, "references")) take_references(value); break;
        case three("file"): if (is(key, "file")) line.file = text_of(value); break;
        case three("line"): if (is(key, "line")) line.line = static_cast<uint32_t>(value.get_uint64()); break;
        case three("method"): if (is(key, "method")) line.method = text_of(value); break;
        case three("generation"): if (is(key, "generation")) line.generation = value.get_int64(); break;
        case three("memsize"): if (is(key, "memsize")) line.memsize = value.get_uint64(); break;
        case three("frozen"): if (is(key, "frozen")) take_flag(value, HB_FLAG_FROZEN, line); break;
        case three("embedded"): if (is(key, "embedded")) take_flag(value, HB_FLAG_EMBEDDED, line); break;
        case three("shared"):
            if (is(key, "shared")) take_flag(value, HB_FLAG_SHARED, line);
            else if (is(key, "shape_id")) line.shape_id = value.get_uint64();
            else if (is(key, "shape_type")) line.shape_type = text_of(value);
            break;
        case three("fstring"): if (is(key, "fstring")) take_flag(value, HB_FLAG_FSTRING, line); break;
        case three("singleton"): if (is(key, "singleton")) take_flag(value, HB_FLAG_SINGLETON, line); break;
        case three("broken"): if (is(key, "broken")) take_flag(value, HB_FLAG_BROKEN, line); break;
        case three("bytesize"): if (is(key, "bytesize")) line.size = value.get_uint64(); break;
        case three("length"): if (is(key, "length")) line.size = value.get_uint64(); break;
        case three("size"): if (is(key, "size")) line.size = value.get_uint64(); break;
        case three("ivars"): if (is(key, "ivars")) line.ivars = value.get_uint64(); break;
        case three("slot_size"): if (is(key, "slot_size")) line.slot_size = value.get_uint64(); break;
        case three("id\""): id = value.get_uint64(); break;
        case three("parent_id"): if (is(key, "parent_id")) parent_id = value.get_uint64(); break;
        case three("name"): if (is(key, "name")) line.name = text_of(value); break;
        case three("struct"): if (is(key, "struct")) line.struct_name = text_of(value); break;
        case three("real_class_name"): if (is(key, "real_class_name")) line.real_class_name = text_of(value); break;
        case three("imemo_type"): if (is(key, "imemo_type")) line.imemo_type = text_of(value); break;
        case three("root"): if (is(key, "root")) line.root = text_of(value); break;
        case three("edge_name"): if (is(key, "edge_name")) line.edge_name = text_of(value); break;
        default: break;
        }
    }

    void take_line(ondemand::object object, hb_line &line)
    {
        uint64_t id = UINT64_MAX, parent_id = UINT64_MAX;
        reset(line);
        for (auto field : object) take_field(field.key().value().raw(), field.value(), line, id, parent_id);
        if (line.type == HB_TYPE_ROOT) line.address = 0;
        if (line.type == HB_TYPE_SHAPE) {
            line.shape_id = id;
            line.parent_id = parent_id;
        }
        line.refs = refs.data();
        line.n_refs = refs.size();
    }

    void take_lines(const char *text, size_t n, scan_sum *sum)
    {
        hb_line line;
        ondemand::document_stream documents = parser.iterate_many(text, n, batch);
        for (auto document : documents) {
            take_line(document.get_object(), line);
            scan_sum_add(sum, &line);
        }
        if (documents.truncated_bytes() != 0) throw std::runtime_error("the text was not read to its end");
    }
};

scan_simdjson *scan_simdjson_new(size_t most_bytes)
{
    try {
        return new scan_simdjson(most_bytes);
    } catch (const std::exception &) {
        return nullptr;
    }
}

void scan_simdjson_free(scan_simdjson *scanner)
{
    delete scanner;
}

int scan_simdjson_lines(scan_simdjson *scanner, const char *text, size_t n, scan_sum *sum, const char **reason)
{
    try {
        scanner->take_lines(text, n, sum);
        return 0;
    } catch (const std::exception &e) {
        scanner->reason = e.what();
        *reason = scanner->reason.c_str();
        return -1;
    }
}

const char *scan_simdjson_kernel(void)
{
    return TEXT_OF(SIMDJSON_BUILTIN_IMPLEMENTATION);
}
