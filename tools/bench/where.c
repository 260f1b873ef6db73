// A QEMU plugin that says where an emulated board's instructions go: how many at each address of code, and how many on behalf of each octet of
// bytecode. The latter is the octet that the interpreter fetched last, so what it calls in C (the allocator, the collector, hashlib) counts
// for the Python that asked for it; and so do allocations. tools/bench/where.py builds and reads it: out=FILE,size=OCTETS OF THE FIRMWARE,
// heap=ADDRESS,marker=ADDRESS,alloc=ADDRESS,from=ADDRESS,to=ADDRESS (the interpreter's loop), in decimal digits.
//
// Counted is what lies between two calls of the marker, the C function behind emulator.instructions(): what the bench counts.
// Nothing is included, as in address_trace.c.
typedef unsigned int u32;
typedef unsigned long long u64;
typedef __SIZE_TYPE__ size;

struct insn;
struct tb;
size qemu_plugin_tb_n_insns(const struct tb *tb);
struct insn *qemu_plugin_tb_get_insn(const struct tb *tb, size index);
u64 qemu_plugin_insn_vaddr(const struct insn *insn);
void qemu_plugin_register_vcpu_tb_trans_cb(u64 id, void (*callback)(u64 id, struct tb *tb));
void qemu_plugin_register_vcpu_insn_exec_cb(struct insn *insn, void (*callback)(u32 cpu, void *data), int flags, void *data);
void qemu_plugin_register_vcpu_mem_cb(struct insn *insn, void (*callback)(u32 cpu, u32 info, u64 address, void *data), int flags, int rw, void *data);

u32 qemu_plugin_mem_size_shift(u32 info);

int open(const char *path, int flags, ...);
void *mmap(void *address, size length, int protection, int flags, int file, long offset);
int strncmp(const char *a, const char *b, size n);

#define O_RDWR 2
#define PROT_READ_WRITE 3
#define MAP_SHARED 1
#define NO_REGISTERS 0
#define READS_AND_WRITES 3

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

#define HEAP (1 << 20) // octets that are told apart

static u64 firmware, heap, marker, allocator, start, end;
static u64 last; // the octet of bytecode that was fetched last
static u64 counting;
static u64 *by_code, *by_octet, *allocations; // what the host reads: the firmware's, the heap's, and one for what is elsewhere

static u64 place(u64 address) {
    if (address < firmware) {
        return address;
    }
    return address - heap < HEAP ? address - heap + firmware : firmware + HEAP;
}

static void executed(u32 cpu, void *pc) {
    if ((u64)pc == marker) {
        counting = !counting;
    }
    if (counting) {
        by_code[place((u64)pc)]++;
        by_octet[last]++;
        allocations[last] += (u64)pc == allocator;
    }
}

static void fetched(u32 cpu, u32 info, u64 address, void *pc) {
    if (qemu_plugin_mem_size_shift(info) == 0 && place(address) < firmware + HEAP) { // tables are read by words and half words
        last = place(address);
    }
}

static void translated(u64 id, struct tb *tb) {
    for (size i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct insn *insn = qemu_plugin_tb_get_insn(tb, i);
        u64 pc = qemu_plugin_insn_vaddr(insn);
        qemu_plugin_register_vcpu_insn_exec_cb(insn, executed, NO_REGISTERS, (void *)pc);
        if (pc >= start && pc < end) {
            qemu_plugin_register_vcpu_mem_cb(insn, fetched, NO_REGISTERS, READS_AND_WRITES, (void *)pc);
        }
    }
}

static u64 number(const char *digits) {
    u64 value = 0;
    for (; *digits >= '0' && *digits <= '9'; digits++) {
        value = value * 10 + (*digits - '0');
    }
    return value;
}

__attribute__((visibility("default"))) int qemu_plugin_install(u64 id, const void *info, int count, char **arguments) {
    if (count != 7 || strncmp(arguments[0], "out=", 4) || strncmp(arguments[1], "size=", 5) || strncmp(arguments[2], "heap=", 5)
        || strncmp(arguments[3], "marker=", 7) || strncmp(arguments[4], "alloc=", 6)
        || strncmp(arguments[5], "from=", 5) || strncmp(arguments[6], "to=", 3)) {
        return 1;
    }
    firmware = number(arguments[1] + 5);
    heap = number(arguments[2] + 5);
    marker = number(arguments[3] + 7);
    allocator = number(arguments[4] + 6);
    start = number(arguments[5] + 5);
    end = number(arguments[6] + 3);
    size length = 3 * 8 * (firmware + HEAP + 1);
    int file = open(arguments[0] + 4, O_RDWR);
    by_code = mmap(0, length, PROT_READ_WRITE, MAP_SHARED, file, 0);
    if (file < 0 || (size)by_code == (size)-1) {
        return 1;
    }
    by_octet = by_code + firmware + HEAP + 1;
    allocations = by_octet + firmware + HEAP + 1;
    last = firmware + HEAP;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
