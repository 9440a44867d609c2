/* An MPI program that only starts and stops: what the start of heapbatch is compared with. */
#include <mpi.h>

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    MPI_Finalize();
    return 0;
}
