// A QEMU plugin that sums up what native code on an emulated board does: the instructions it executes, the accesses it makes, and a hash over
// the order of both, program counter and address by program counter and address. Machine code loaded from .mpy lies on the heap, on Xtensa in
// memory of its own, the firmware's own elsewhere, so this sees the kernels alone. tools/bench/address_trace.py builds and reads it, and says
// where that is: out=FILE,from=ADDRESS,to=ADDRESS, in decimal digits.
//
// Nothing is included: QEMU's interface (docs/devel/tcg-plugins.rst, version 1) and three functions of the C library are declared here, so
// that a compiler is all it takes.
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

int open(const char *path, int flags, ...);
void *mmap(void *address, size length, int protection, int flags, int file, long offset);
int strncmp(const char *a, const char *b, size n);

#define O_RDWR 2
#define PROT_READ_WRITE 3
#define MAP_SHARED 1
#define NO_REGISTERS 0
#define READS_AND_WRITES 3

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

static u64 start, end; // of the machine code
static volatile u64 *sums; // instructions, accesses, hash: a file the host reads while the board stands still

static void mix(u64 value) {
    sums[2] = (sums[2] ^ value) * 0x100000001b3ull; // FNV-1a's multiplier, a word at a time
}

static void executed(u32 cpu, void *pc) {
    sums[0]++;
    mix((u64)pc);
}

static void accessed(u32 cpu, u32 info, u64 address, void *pc) {
    sums[1]++;
    mix(address << 1 | 1);
}

static void translated(u64 id, struct tb *tb) {
    for (size i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct insn *insn = qemu_plugin_tb_get_insn(tb, i);
        u64 pc = qemu_plugin_insn_vaddr(insn);
        if (pc >= start && pc < end) {
            qemu_plugin_register_vcpu_insn_exec_cb(insn, executed, NO_REGISTERS, (void *)pc);
            qemu_plugin_register_vcpu_mem_cb(insn, accessed, NO_REGISTERS, READS_AND_WRITES, (void *)pc);
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
    if (count != 3 || strncmp(arguments[0], "out=", 4) || strncmp(arguments[1], "from=", 5) || strncmp(arguments[2], "to=", 3)) {
        return 1;
    }
    start = number(arguments[1] + 5);
    end = number(arguments[2] + 3);
    int file = open(arguments[0] + 4, O_RDWR);
    sums = mmap(0, 24, PROT_READ_WRITE, MAP_SHARED, file, 0);
    if (file < 0 || (size)sums == (size)-1) {
        return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
